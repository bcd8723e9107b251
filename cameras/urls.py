"""Pages of the cameras app."""

from django.urls import path

from cameras import views

app_name = "cameras"
urlpatterns = [
    path("cameras/", views.camera_list, name="list"),
    path("cameras/enrol/", views.enrol, name="enrol"),
    path("cameras/<slug:public_id>/", views.detail, name="detail"),
    path("cameras/<slug:public_id>/edit/", views.edit, name="edit"),
    path("cameras/<slug:public_id>/history/", views.history, name="history"),
    path("cameras/<slug:public_id>/deactivate/", views.deactivate, name="deactivate"),
    path("cameras/<slug:public_id>/reactivate/", views.reactivate, name="reactivate"),
    path("cameras/<slug:public_id>/retire/", views.retire, name="retire"),
    path("sites/", views.places_page, name="places"),
    path("sites/add/", views.add_site, name="add-site"),
    path("sites/<int:pk>/edit/", views.edit_site, name="edit-site"),
    path("camera-groups/add/", views.add_group, name="add-group"),
    path("camera-groups/<int:pk>/edit/", views.edit_group, name="edit-group"),
]
