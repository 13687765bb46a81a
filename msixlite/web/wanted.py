"""The page that a person asked for before the way in was over: kept in the session, and gone to from Home."""

from flask import request, session

from msixlite.web.access import Access
from msixlite.web.rendering import own_page

WANTED = "wanted"
LONGEST = 500


def remember(access: Access) -> None:
    """Keep the page that this request asks for. Home, files, forms and what a page asks by itself are none."""
    address = request.full_path.rstrip("?")
    if request.method != "GET" or access.background or request.headers.get("HX-Request"):
        return
    if request.path != "/" and "." not in request.path:
        keep(address)


def keep(address: str) -> None:
    """Keep this page of the site, if it is one."""
    if len(address) <= LONGEST and own_page(address, otherwise=""):
        session[WANTED] = address


def take() -> str:
    """The page that was kept, once; empty where there is none."""
    return own_page(session.pop(WANTED, ""), otherwise="")
