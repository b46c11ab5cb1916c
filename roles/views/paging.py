"""Pages of a short list: a page number, the next page if there is one, and no counting."""

from django.db.models import Model, QuerySet

from roles.http import Request

A_PAGE = 50


def a_page_of(rows: QuerySet[Model], request: Request) -> dict[str, object]:
    """The rows of the page that `?page=` names, and the addresses of its neighbours."""
    wanted = request.GET.get("page", "")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 7 else 1
    first = max(number - 1, 0) * A_PAGE
    found = list(rows[first : first + A_PAGE + 1])
    return {
        "rows": found[:A_PAGE],
        "previous": _address(request, number - 1) if first else "",
        "next": _address(request, number + 1) if len(found) > A_PAGE else "",
    }


def _address(request: Request, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
