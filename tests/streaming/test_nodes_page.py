"""The nodes page."""

from collections.abc import Callable

from django.test import Client
from django.utils import timezone

from accounts.models import User
from cameras.models import Camera
from streaming import admission
from streaming.admission import Knock
from streaming.models import MediaNode, PublishAttempt
from streaming.stream_keys import IssuedKey

Page = Callable[[User], Client]


def test_a_node_is_told_with_its_ports_and_publishers(
    operator: User, camera: Camera, stream_key: IssuedKey, node: MediaNode, page_of: Page
) -> None:
    admission.admit(Knock("local", 1, 7, camera.public_id, key=stream_key.secret, address=None, encoder=""))

    answer = page_of(operator).get("/nodes/")

    content = answer.content.decode()
    assert [found.publisher_count for found in answer.context["nodes"]] == [1]
    assert "node.vms.example" in content
    assert "1935 / 1936" in content
    assert "never" in content


def test_publishers_under_names_that_no_camera_has_are_told_here(
    operator: User, node: MediaNode, page_of: Page
) -> None:
    now = timezone.now()
    PublishAttempt.objects.create(
        node=node, presented_name="gate-7", cause="unknown_camera", first_at=now, last_at=now, count=2
    )

    answer = page_of(operator).get("/nodes/")

    assert b"gate-7" in answer.content
    assert b"No camera has this name" in answer.content


def test_without_a_node_the_page_says_how_one_comes(operator: User, page_of: Page) -> None:
    assert b"No media node has registered yet" in page_of(operator).get("/nodes/").content


def test_a_viewer_does_not_look_after_nodes(viewer: User, page_of: Page) -> None:
    assert page_of(viewer).get("/nodes/").status_code == 403


def test_a_stranger_is_asked_to_sign_in(db: None) -> None:
    assert Client().get("/nodes/")["Location"] == "/sign-in/?next=/nodes/"


def test_an_administrator_drains_a_node_and_lets_it_take_cameras_again(
    admin: User, node: MediaNode, page_of: Page
) -> None:
    browser = page_of(admin)
    answer = browser.post("/nodes/local/drain/", follow=True)
    assert "local takes no new cameras." in answer.content.decode()
    node.refresh_from_db()
    assert node.state == "draining"
    assert "Activate" in browser.get("/nodes/").content.decode()
    browser.post("/nodes/local/activate/")
    node.refresh_from_db()
    assert node.state == "active"


def test_an_operator_looks_at_nodes_and_changes_none(operator: User, node: MediaNode, page_of: Page) -> None:
    browser = page_of(operator)
    assert "Drain" not in browser.get("/nodes/").content.decode()
    assert browser.post("/nodes/local/drain/").status_code == 403
    assert page_of(operator).get("/nodes/local/drain/").status_code in (403, 405)
