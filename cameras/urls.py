"""Pages of the cameras app."""

from django.urls import path

from cameras.views import cameras, grants, places, sight, tokens

app_name = "cameras"
urlpatterns = [
    path("cameras/", cameras.camera_list, name="list"),
    path("cameras/enrol/", cameras.enrol, name="enrol"),
    path("cameras/<slug:public_id>/", cameras.detail, name="detail"),
    path("cameras/<slug:public_id>/edit/", cameras.edit, name="edit"),
    path("cameras/<slug:public_id>/history/", cameras.history, name="history"),
    path("cameras/<slug:public_id>/deactivate/", cameras.deactivate, name="deactivate"),
    path("cameras/<slug:public_id>/reactivate/", cameras.reactivate, name="reactivate"),
    path("cameras/<slug:public_id>/retire/", cameras.retire, name="retire"),
    path("sites/", places.places_page, name="places"),
    path("sites/add/", places.add_site, name="add-site"),
    path("sites/<int:pk>/edit/", places.edit_site, name="edit-site"),
    path("sites/<int:pk>/remove/", places.remove_site, name="remove-site"),
    path("camera-groups/add/", places.add_group, name="add-group"),
    path("camera-groups/<int:pk>/edit/", places.edit_group, name="edit-group"),
    path("camera-groups/<int:pk>/remove/", places.remove_group, name="remove-group"),
    path("administration/grants/", grants.grants, name="grants"),
    path("administration/grants/add/", grants.add_grant, name="add-grant"),
    path("administration/grants/<int:pk>/", grants.edit_grant, name="edit-grant"),
    path("administration/grants/<int:pk>/withdraw/", grants.withdraw_grant, name="withdraw-grant"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/new/", tokens.add_token, name="add-token"),
    path("account/tokens/<int:pk>/", tokens.edit_token, name="edit-token"),
    path("account/tokens/<int:pk>/rotate/", tokens.rotate_token, name="rotate-token"),
    path("account/tokens/<int:pk>/revoke/", tokens.revoke_token, name="revoke-token"),
    path("administration/tokens/", tokens.all_tokens, name="all-tokens"),
    path("administration/tokens/new/", tokens.add_service_token, name="add-service-token"),
    path("administration/people/<int:pk>/sight/", sight.sight_page, name="sight"),
]
