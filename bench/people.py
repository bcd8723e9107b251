"""A program that is signed in to the portal, over HTTP."""

from __future__ import annotations

import httpx2

from bench.under_test import PASSWORD, UnderTest, add_operator


def signed_in(under_test: UnderTest) -> httpx2.Client:
    """An operator's session; close it when done."""
    email = add_operator()
    client = httpx2.Client(base_url=under_test.stack.portal, timeout=60, trust_env=False)
    client.get("/sign-in/")
    form = {"username": email, "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    client.post("/sign-in/", data=form)
    client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
    return client


def playlist_address(client: httpx2.Client, camera: str, kind: str) -> str:
    """The address of a camera's playlist, live or recorded, with a fresh token in it. Raises HTTPStatusError."""
    answer = client.post("/api/v1/playback-tokens/", json={"camera": camera, "kind": kind})
    answer.raise_for_status()
    url: str = answer.json()["url"]
    return url
