from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_audit_is_append_only'),
    ]

    operations = [
        migrations.AddField(
            model_name='signinattempt',
            name='network',
            field=models.CharField(blank=True, default='', help_text='What is counted as one place: /64 for IPv6', max_length=43),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='signinattempt',
            name='outcome',
            field=models.CharField(choices=[('signed_in', 'signed in'), ('factor', 'asked for a second factor'), ('confirmed', 'confirmed who they are'), ('wrong', 'refused: wrong'), ('locked_out', 'refused: locked out'), ('disabled', 'refused: account disabled'), ('not_allowed', 'refused: not allowed')], max_length=12),
        ),
        migrations.AddIndex(
            model_name='signinattempt',
            index=models.Index(fields=['network', '-at'], name='accounts_si_network_b14b1f_idx'),
        ),
    ]
