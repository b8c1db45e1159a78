"""Who may come in, and what is counted."""

from __future__ import annotations

import pytest

from tests.serving.conftest import PREDICT, problems
from zoo_core.common.errors import ArgumentError
from zoo_core.serving.running import check_access


def test_a_token_is_asked_for_except_by_the_page_and_the_health(serving, png):
    client = serving(token="right")  # noqa: S106 -- of a test
    for path in ("/v1/models", "/metrics", "/docs", "/openapi.json", "/v2", "/v2/models/tiny", "/nothing"):
        answer = client.get(path)
        assert problems(answer, 401) == {"Authorization": "is not the token of this service|Bearer TOKEN"}
        assert answer.headers["www-authenticate"] == "Bearer"
    for given in ("Bearer wrong", "Bearer", "right", "Basic right", "Bearer right2", "Bearer \u00fc".encode()):
        assert client.post(PREDICT, content=png, headers={"Authorization": given}).status_code == 401
    for given in ("Bearer right", "bearer  right"):
        assert client.post(PREDICT, content=png, headers={"Authorization": given}).status_code == 200
    for path in ("/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("host", "token", "everybody", "fine"),
    [
        ("127.0.0.1", None, False, True),
        ("127.8.8.8", None, False, True),
        ("::1", None, False, True),
        ("localhost", None, False, True),
        ("0.0.0.0", None, False, False),  # noqa: S104 -- that it is refused is tested
        ("::", None, False, False),
        ("", None, False, False),
        ("example.org", None, False, False),
        ("192.168.1.2", None, True, True),
        ("192.168.1.2", "secret", False, True),
        ("192.168.1.2", "", False, False),
        ("127.0.0.1", "two words", False, False),
        ("127.0.0.1", "\u00fc", False, False),
    ],
)
def test_others_are_served_only_where_somebody_said_so(host, token, everybody, fine):
    if fine:
        check_access(host, token, everybody=everybody)
    else:
        with pytest.raises(ArgumentError, match=r"--token|--open"):
            check_access(host, token, everybody=everybody)


def test_requests_are_counted_by_routes_of_which_there_are_few(serving, png):
    client = serving()
    client.post(PREDICT, content=png)
    client.post("/v1/models/a/predict", content=png)
    client.get("/nothing")
    client.request("BREW", "/nothing")
    numbers = client.get("/metrics").text
    route = 'route="/v1/models/{name}/predict"'
    for line in (
        f'zoo_requests_total{{method="POST",{route},status="200"}} 1.0',
        f'zoo_requests_total{{method="POST",{route},status="404"}} 1.0',
        'zoo_requests_total{method="GET",route="none",status="404"} 1.0',
        'zoo_requests_total{method="other",route="none",status="404"} 1.0',
        'zoo_pictures_total{model="tiny"} 1.0',
        'zoo_batch_pictures_count{model="tiny"} 1.0',
        'zoo_queue_pictures{model="tiny"} 0.0',
    ):
        assert f"{line}\n" in numbers
