"""Signing in and out, and what happens when the API takes a token no more."""

import base64

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.helpers.browser import opened, prompts, sign_in, submit
from tests.helpers.console_api import token
from tests.helpers.console_cluster import PASSWORD, USER, Cluster


def test_the_password_is_sent_once_and_the_tab_keeps_a_token(page: Page, cluster: Cluster) -> None:
    sign_in(page, cluster)
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()
    pair = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert [request.path for request in cluster.asked if request.authorization == pair] == ["/token"]
    assert {request.authorization for request in cluster.asked} == {pair, f"Bearer {token(USER, PASSWORD)}"}
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length") == 0
    kept = page.evaluate("Object.entries(sessionStorage)")
    assert kept == [["ipfs-cluster-console", f'{{"user":"{USER}","token":"{token(USER, PASSWORD)}"}}']]
    page.reload()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert len(cluster.requests("POST /token")) == 1


def test_another_tab_has_to_sign_in_itself(page: Page, cluster: Cluster) -> None:
    sign_in(page, cluster)
    other = page.context.new_page()
    other.goto(cluster.console)
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()


@pytest.mark.parametrize(("user", "password"), [(USER, "wrong"), ("nobody", PASSWORD), ("nobody", "päss:wörd")])
def test_a_wrong_pair_is_refused_without_a_prompt_of_the_browser(page: Page, cluster: Cluster, user: str, password: str) -> None:
    page.goto(cluster.console)
    asked = prompts(page)
    submit(page, user, password)
    expect(page.get_by_role("alert")).to_have_text("User or password is wrong.")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    assert page.get_by_label("User").input_value() == user
    assert asked == []
    submit(page)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_the_test_would_see_a_prompt(page: Page, cluster: Cluster) -> None:
    page.goto(cluster.console)
    asked = prompts(page)
    assert page.evaluate("fetch('/pins').then((answer) => answer.status)") == 401
    assert len(asked) == 1


def test_a_user_with_letters_of_any_kind_can_sign_in(page: Page, cluster: Cluster) -> None:
    cluster.users = {"jürgen": "pässwörd: 日本"}
    sign_in(page, cluster, "jürgen", "pässwörd: 日本")
    expect(page.get_by_role("heading", name="Everything is fine")).to_be_visible()


def test_empty_fields_are_named(page: Page, cluster: Cluster) -> None:
    page.goto(cluster.console)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Enter your user name.")
    expect(page.get_by_label("User")).to_be_focused()
    page.get_by_label("User").fill("me")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Enter your password.")
    assert cluster.asked == []


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (503, "No node answers the load balancer right now (503)."),
        (403, "Access was denied before the request reached the cluster, by a firewall or a rule for countries."),
        (500, "The request failed. The cluster says: boom"),
    ],
)
def test_an_api_that_fails_says_so(page: Page, cluster: Cluster, status: int, text: str) -> None:
    cluster.faults = [("POST /token", status, "boom" if status == 500 else "")]
    page.goto(cluster.console)
    submit(page)
    expect(page.get_by_role("alert")).to_have_text(text)
    cluster.faults = []
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_signing_out_forgets_everything(page: Page, cluster: Cluster) -> None:
    cluster.add(b"1", "text/plain", "secret plans")
    sign_in(page, cluster, at="#/pins")
    expect(page.get_by_text("secret plans")).to_be_visible()
    page.get_by_role("searchbox").fill("secret")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
    assert "secret" not in page.content()
    submit(page)
    page.get_by_role("link", name="Pins", exact=True).click()
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_a_revoked_token_leads_to_the_form_and_nothing_is_lost(page: Page, cluster: Cluster) -> None:
    cids = [cluster.add(b"%d" % index, "text/plain", f"plan {index}") for index in range(3)]
    sign_in(page, cluster, at="#/pins")
    page.get_by_role("searchbox").fill("plan")
    page.locator(".row .select").nth(1).click()
    page.locator(".row .select").nth(2).click()
    page.get_by_role("button", name="Unpin").click()
    page.get_by_label("To confirm, type").fill("unpin")

    cluster.users = {USER: "another-password"}
    form = page.get_by_role("dialog", name="Sign in again")
    expect(form).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
    form.get_by_label("Password", exact=True).fill("another-password")
    expect(form.get_by_label("User")).to_have_value(USER)
    form.get_by_role("button", name="Sign in").click()
    expect(form).to_be_hidden()

    expect(page.get_by_label("To confirm, type")).to_have_value("unpin")
    page.get_by_label("To confirm, type").fill("unpin 2")
    page.get_by_role("button", name="Unpin 2 pins").click()
    expect(page.get_by_text("2 pins unpinned.")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("plan")
    assert len(set(cids) & set(cluster.pins)) == 1


def test_the_form_after_a_revoked_token_can_be_left(browser: Browser, cluster: Cluster) -> None:
    with opened(browser) as page:
        sign_in(page, cluster)
        cluster.users = {}
        page.get_by_role("dialog", name="Sign in again").get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert page.evaluate("sessionStorage.length") == 0
