"""What every app's API stands on: authentication, permission, the viewset base, fields, filters, pages."""
