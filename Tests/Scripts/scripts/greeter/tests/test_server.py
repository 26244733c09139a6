import server


def test_greets(monkeypatch):
    monkeypatch.setenv("GREETING", "hello")
    status, body = server.answer("/")
    assert status == 200
    assert body["greeting"] == "hello"
    assert body["version"].count(".") == 1


def test_is_healthy():
    assert server.answer("/healthz") == (200, {"healthy": True})


def test_knows_what_it_has_not():
    assert server.answer("/other")[0] == 404
