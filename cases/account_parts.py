"""What the kinds of case put on the account page: the address of the person's calendar."""

from cases.models import CalendarKey
from roles.account_parts import AccountPart, register_part

register_part(AccountPart("cases/_calendar.html", lambda user: CalendarKey.objects.filter(user=user).first(), order=20))
