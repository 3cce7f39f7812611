"""Where a Git address leads on the web, in each form in which people write one."""

import pytest

from release.settings.types import git_address

ADDRESSES = {
    "https://github.com/acme/shop.git": "https://github.com/acme/shop",
    "https://github.com/acme/shop/": "https://github.com/acme/shop",
    "https://rita@ghe.acme.com:8443/acme/shop.git/": "https://ghe.acme.com:8443/acme/shop",
    "ssh://git@ghe.acme.com:2222/acme/shop.git": "https://ghe.acme.com/acme/shop",
    "ssh://ghe.acme.com/acme/shop": "https://ghe.acme.com/acme/shop",
    "git@github.com:acme/shop.git": "https://github.com/acme/shop",
    "git@github.com:254/HMCo.git": "https://github.com/254/HMCo",
    "git@gitlab.com:acme/web/shop.git": "https://gitlab.com/acme/web/shop",
    "file:///srv/git@home/shop.git": None,
    "/srv/git@home:shop": None,
    "../shop.git": None,
    "": None,
}


@pytest.mark.parametrize(("text", "web"), ADDRESSES.items())
def test_an_address_leads_to_one_page_or_is_local(text: str, web: str | None) -> None:
    address = git_address(text)
    assert (address and address.web) == web
