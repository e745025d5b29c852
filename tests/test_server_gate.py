"""Who may talk to the server (test_server.py has the same over the wire)."""

from __future__ import annotations

import pytest
from websockets.datastructures import Headers

from saidmeant.streaming.server_gate import Gate, host_name, is_loopback, offered_token


@pytest.mark.parametrize(
    ("host", "name"),
    [("localhost:8765", "localhost"), ("[::1]:8765", "::1"), ("EXAMPLE.org", "example.org"), ("[", ""), ("", "")],
)
def test_the_name_in_a_host_header(host: str, name: str) -> None:
    assert host_name(host) == name


def test_loopback_is_more_than_one_address_and_never_a_guess() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.8.9.1", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "", "localhost.example", "10.0.0.1")))


def test_a_header_that_comes_twice_is_none() -> None:
    twice = Headers([("Host", "localhost"), ("Host", "evil.example")])
    assert Gate("127.0.0.1").check_host(twice) is not None


def test_an_own_page_behind_a_proxy_may_connect_if_there_is_a_token() -> None:
    behind = Headers({"Host": "speech.example", "Origin": "https://speech.example"})
    assert Gate("127.0.0.1").check_host(behind) is not None
    assert Gate("127.0.0.1", "secret").check_host(behind) is None
    assert Gate("127.0.0.1", "secret").check_client(behind, "token=secret") is None


def test_the_token_comes_in_a_header_or_in_the_address() -> None:
    assert offered_token(Headers({"Authorization": "bearer a b"}), "") == "a b"
    assert offered_token(Headers({"Authorization": "Basic xyz"}), "token=t%2B1") == "t+1"
    assert offered_token(Headers(), "") == ""
    assert Gate("127.0.0.1", "secret").check_client(Headers(), "token=s%C3%A9cret") is not None
