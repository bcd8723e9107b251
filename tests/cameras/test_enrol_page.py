"""Enrolling a camera in the portal."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Role, User
from accounts.scopes import Scope
from cameras.models import Camera, Site
from streaming.models import MediaNode, StreamKey

Page = Callable[[User], Client]


def facts(site: Site, **more: str) -> dict[str, str]:
    return {"serial_number": "SN-77", "name": "Ramp", "site": str(site.pk), **more}


def test_enrolling_leads_straight_to_the_address_with_its_first_key(
    operator: User, site: Site, node: MediaNode, page_of: Page
) -> None:
    answer = page_of(operator).post("/cameras/enrol/", facts(site, vendor="Acme"), follow=True)

    camera = Camera.objects.get(serial_number="SN-77")
    assert (camera.name, camera.vendor) == ("Ramp", "Acme")
    secret = answer.context["key"]
    assert camera.stream_keys.get().digest == StreamKey.digest_of(secret)
    assert f"rtmp://node.vms.example:1935/ingest/{camera.public_id}?key={secret}" in answer.content.decode()


def test_the_first_key_is_issued_by_posting_only(operator: User, site: Site, page_of: Page) -> None:
    answer = page_of(operator).post("/cameras/enrol/", facts(site))

    camera = Camera.objects.get(serial_number="SN-77")
    assert answer.status_code == 307
    assert answer["Location"] == f"/cameras/{camera.public_id}/keys/new/"
    assert not camera.stream_keys.exists()


def test_whoever_may_not_handle_keys_goes_to_the_cameras_page(
    make_user: Callable[..., User], site: Site, page_of: Page
) -> None:
    scopes = [Scope.CAMERAS_READ, Scope.CAMERAS_WRITE, Scope.CAMERAS_ALL]
    Role.objects.create(name="registrar", label="Registrar", scopes=scopes)

    answer = page_of(make_user("registrar")).post("/cameras/enrol/", facts(site))

    assert answer["Location"] == Camera.objects.get().get_absolute_url()


def test_what_is_missing_is_said_at_its_field(operator: User, site: Site, page_of: Page) -> None:
    answer = page_of(operator).post("/cameras/enrol/", {"name": "Ramp"})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"serial_number", "site"}
    assert b"Look at the marked fields" in answer.content
    assert b'value="Ramp"' in answer.content


def test_a_serial_number_is_enrolled_once(operator: User, camera: Camera, page_of: Page) -> None:
    answer = page_of(operator).post("/cameras/enrol/", facts(camera.site, serial_number=camera.serial_number))

    assert answer.status_code == 422
    assert "already exists" in str(answer.context["form"].errors["serial_number"])
    assert Camera.objects.count() == 1


def test_a_form_sent_empty_is_told_what_is_missing(operator: User, site: Site, page_of: Page) -> None:
    assert page_of(operator).post("/cameras/enrol/", {}).status_code == 422


def test_without_a_site_the_way_leads_over_the_first_site_and_back(operator: User, page_of: Page) -> None:
    browser = page_of(operator)
    assert b"Add the first site" in browser.get("/cameras/enrol/").content

    answer = browser.post(
        "/sites/add/?next=/cameras/enrol/", {"name": "Depot", "time_zone": "Europe/Madrid"}, follow=True
    )

    assert answer.redirect_chain[-1][0] == f"/cameras/enrol/?site={Site.objects.get().pk}"
    assert b"selected>Depot</option>" in answer.content


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_viewer_may_not_enrol(viewer: User, page_of: Page, method: str) -> None:
    assert getattr(page_of(viewer), method)("/cameras/enrol/").status_code == 403
    assert not Camera.objects.exists()
