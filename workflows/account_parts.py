"""What the engine puts on the account page: how each kind of notice comes."""

from roles.account_parts import AccountPart, register_part
from workflows.verb_forms import PacesForm

register_part(AccountPart("workflows/_paces.html", lambda user: PacesForm(of=user), order=10))
