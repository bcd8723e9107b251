"""Enrolling cameras from a list: the file is looked at first, and carried out when that is confirmed."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Role, User
from cameras.models import Camera, Site
from streaming.models import MediaNode, StreamKey

URL = "/cameras/bulk/"
LIST = "serial_number,name,site\nSN-7,Door,North gate\nSN-8,Roof,North gate\n"
Page = Callable[[User], Client]


def file(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("cameras.csv", text.encode(), "text/csv")


@pytest.fixture
def browser(operator: User, site: Site, page_of: Page) -> Client:
    return page_of(operator)


def test_a_file_is_only_looked_at(browser: Client) -> None:
    answer = browser.post(URL, {"file": file(LIST)})
    assert answer.status_code == 200
    words = answer.content.decode()
    assert "2 to enrol, 0 to change, 0 unchanged, 0 refused" in words
    assert "Carry it out" in words
    assert not Camera.objects.exists()


def test_what_was_looked_at_is_carried_out_when_confirmed(browser: Client, node: MediaNode) -> None:
    shown = browser.post(URL, {"file": file(LIST), "with_keys": "on"})
    text = shown.context["form"].cleaned_data["text"]
    answer = browser.post(URL, {"text": text, "with_keys": "on", "confirmed": "true"})
    assert "2 enrolled, 0 changed" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    told = answer.context["file"]
    assert told.count("rtmps://node.vms.example:1936/ingest/") == 2
    assert Camera.objects.count() == StreamKey.objects.count() == 2


def test_another_file_is_looked_at_before_it_is_carried_out(browser: Client) -> None:
    other = LIST.replace("SN-8", "SN-9")
    answer = browser.post(URL, {"text": LIST, "file": file(other), "confirmed": "true"})
    assert "SN-9" in answer.content.decode()
    assert not Camera.objects.exists()


def test_refused_rows_come_first_with_their_reason_and_hold_the_list(browser: Client) -> None:
    broken = LIST.replace("SN-8,Roof,North gate", "SN-8,Roof,Nowhere")
    words = browser.post(URL, {"file": file(broken)}).content.decode()
    assert words.rindex("SN-8") < words.rindex("SN-7")
    assert "There is no site &#x27;Nowhere&#x27;" in words
    assert "Carry it out" not in words
    browser.post(URL, {"text": broken, "confirmed": "true"})
    assert not Camera.objects.exists()
    assert "Carry it out" in browser.post(URL, {"text": broken, "skip_refused": "on"}).content.decode()
    browser.post(URL, {"text": broken, "skip_refused": "on", "confirmed": "true"})
    assert Camera.objects.get().serial_number == "SN-7"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The submitted file is empty"),
        ("serial_number,name\n", "is missing"),
        ("serial_number,name,site\n", "needs 1 to 10,000 cameras"),
        ("x" * 5_000_001, "larger than 5 MB"),
    ],
)
def test_a_file_that_is_no_list_is_told(browser: Client, text: str, words: str) -> None:
    answer = browser.post(URL, {"file": file(text)})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_form_without_a_file_is_told(browser: Client) -> None:
    answer = browser.post(URL, {})
    assert (answer.status_code, "Choose a file." in answer.content.decode()) == (422, True)


def test_the_template_is_a_list_that_is_understood(browser: Client, site: Site) -> None:
    answer = browser.get(f"{URL}template.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="cameras.csv"'
    words = browser.post(URL, {"file": file(answer.content.decode())}).content.decode()
    assert "There is no group" in words


def test_who_may_not_enrol_does_not_get_in(viewer: User, page_of: Page, client: Client) -> None:
    assert page_of(viewer).get(URL).status_code == 403
    assert page_of(viewer).get(f"{URL}template.csv").status_code == 403
    assert client.get(URL).status_code == 302
    assert b"/cameras/bulk/" not in page_of(viewer).get("/cameras/").content


def test_who_may_not_issue_keys_is_not_offered_any(make_user: Callable[..., User], site: Site, page_of: Page) -> None:
    Role.objects.create(name="planner", label="Planner", scopes=["cameras:read", "cameras:write", "cameras:all"])
    browser = page_of(make_user("planner"))
    assert b"with_keys" not in browser.get(URL).content
    browser.post(URL, {"text": LIST, "with_keys": "on", "confirmed": "true"})
    assert Camera.objects.count() == 2
    assert not StreamKey.objects.exists()


def test_names_in_a_list_are_no_markup(browser: Client) -> None:
    nasty = 'serial_number,name,site\n<script>alert(1)</script>,"</textarea><b>",North gate\n'
    words = browser.post(URL, {"file": file(nasty)}).content.decode()
    assert "<script>alert" not in words
    assert "</textarea><b>" not in words
