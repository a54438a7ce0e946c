"""Scripts and styles, served by the web process itself."""

from django.test import Client


def test_static_file_is_no_stream_that_the_web_process_would_complain_about(client: Client) -> None:
    response = client.get("/static/css/shell.css")

    assert response.status_code == 200
    assert not response.streaming
    assert response.headers["Content-Type"].startswith("text/css")
    assert b"--" in response.content


def test_static_file_that_did_not_change_is_not_sent_again(client: Client) -> None:
    first = client.get("/static/css/shell.css")

    second = client.get("/static/css/shell.css", headers={"If-Modified-Since": first.headers["Last-Modified"]})

    assert (second.status_code, second.content) == (304, b"")


def test_part_of_a_static_file_is_that_part(client: Client) -> None:
    whole = client.get("/static/css/shell.css").content

    part = client.get("/static/css/shell.css", headers={"Range": "bytes=2-5"})

    assert (part.status_code, part.content) == (206, whole[2:6])
