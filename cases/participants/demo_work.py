"""How the people of the demo do each piece of work with participants."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils.timezone import localdate

from cases.models import ExitSituation
from cases.participants import services
from cases.participants.models import Review
from cases.participants.stages import LeavingOutcome, RefusalReason
from roles.models import User
from workflows.batch import Batch
from workflows.gate import Completion
from workflows.models import Case, WorkItem

IN_SUPPORT = ("pre_incubation", "incubation")


@dataclass(frozen=True)
class Scene:
    """One person before one piece of work."""

    item: WorkItem
    who: User
    at: datetime
    #: Where everything that varies comes from.
    chance: Random
    #: Whether the engine has refused the work before.
    was_refused: bool

    @property
    def today(self) -> date:
        """The local day."""
        return localdate(self.at)


def _check_eligibility(scene: Scene) -> Completion:
    drawn = scene.chance.random()
    finding = "eligible" if drawn < 0.9 else "supplement" if drawn < 0.96 else "not_eligible"

    def write(unit: Batch, case: Case) -> None:
        claims = [{"letter": scene.chance.choice("abdegk"), "evidence": scene.chance.choice(["pup", "ops", "zus"])}]
        if finding == "eligible":
            services.confirm_criteria(case, by=scene.who, claims=claims, on=scene.today, at=scene.at)
        services.find(case, by=scene.who, finding=finding, on=scene.today, at=scene.at)
        if finding == "supplement":
            wanted = "Zaświadczenie z powiatowego urzędu pracy"
            services.ask_for_supplement(case, by=scene.who, wanted=wanted, on=scene.today, at=scene.at)

    reason = RefusalReason.NO_CRITERION if finding == "not_eligible" else ""
    return Completion(finding, write, reason=reason)


def _bring_supplement(scene: Scene) -> Completion:
    return Completion(
        write=lambda unit, case: services.receive_supplement(case, by=scene.who, on=scene.today, at=scene.at)
    )


def _place_taken(scene: Scene) -> Completion:
    return Completion("place_taken")


def _diagnose(scene: Scene) -> Completion:
    def write(unit: Batch, case: Case) -> None:
        scales = ("communication", "cooperation", "initiative", "organisation", "vocational", "digital")
        services.diagnose(
            case,
            by=scene.who,
            at=scene.at,
            diagnosed_on=scene.today,
            **{name: scene.chance.randrange(1, 6) for name in scales},
            transport=scene.chance.choice([0, 0, 1, 3]),
            private={"debts": scene.chance.choice([0, 0, 2, 4]), "care": scene.chance.choice([0, 0, 0, 3])},
            strengths="Doświadczenie w pracy z ludźmi, chęć do nauki.",
            needs="Wsparcie w planowaniu i w rozmowach z urzędami.",
        )

    return Completion(write=write)


def _agree_plan(scene: Scene) -> Completion:
    def write(unit: Batch, case: Case) -> None:
        actions = [
            {"what": what, "who": who, "until": scene.today + timedelta(days=days), "measure": measure}
            for what, who, days, measure in (
                ("Szkolenie z zakładania spółdzielni", "participant", 60, "Zaświadczenie"),
                ("Opis pomysłu na działalność", "participant", 90, "Karta pomysłu"),
                ("Spotkanie z doradcą biznesowym", "tutor", 45, "Karta doradcza"),
            )
        ]
        services.agree_plan(
            case,
            by=scene.who,
            at=scene.at,
            goal="Sprawdzić pomysł na wspólną działalność i zdobyć potrzebne umiejętności.",
            actions=actions,
            agreed_by_participant_on=scene.today,
            agreed_by_tutor_on=scene.today,
        )

    return Completion(write=write)


def _recommend(scene: Scene) -> Completion:
    drawn = scene.chance.random()
    verdict = "go" if drawn < 0.8 else "repeat" if drawn < 0.92 else "redirect"
    if verdict == "repeat" and scene.was_refused:
        verdict = "redirect"

    def write(unit: Batch, case: Case) -> None:
        services.recommend(
            case,
            by=scene.who,
            verdict=verdict,
            reasons="Opinia po okresie preinkubacji, na podstawie przeglądów miesięcznych.",
            idea="Grupa: usługi opiekuńcze i porządkowe" if verdict == "go" else "",
            on=scene.today,
            at=scene.at,
        )
        if verdict == "redirect":
            _questionnaire(case, scene)

    if verdict == "redirect":
        return Completion(verdict, write, effective_on=scene.today, reason=LeavingOutcome.REDIRECTED)
    return Completion(verdict, write)


def _review(kind: Review.Kind) -> Callable[[Scene], Completion]:
    def how(scene: Scene) -> Completion:
        def write(unit: Batch, case: Case) -> None:
            unit.add(
                Review(
                    case=case,
                    kind=kind,
                    until=scene.today,
                    hours=Decimal(scene.chance.randrange(4, 20)),
                    progress=scene.chance.choice(["on_plan", "on_plan", "ahead", "behind", "stuck"]),
                    done="Udział w warsztatach i spotkaniach zgodnie z planem.",
                    following="Dalsza praca nad pomysłem.",
                    recorded_by=scene.who,
                    recorded_at=scene.at,
                )
            )

        return Completion(write=write)

    return how


def _give_opinion(scene: Scene) -> Completion:
    return Completion(
        write=lambda unit, case: services.give_opinion(case, by=scene.who, supports=True, on=scene.today, at=scene.at)
    )


def _confirm(scene: Scene) -> Completion:
    if scene.was_refused:
        return Completion("sent_back", note="Obecność poniżej progu: proszę wydłużyć preinkubację.")
    return Completion(
        "confirmed",
        lambda unit, case: services.confirm_recommendation(case, by=scene.who, on=scene.today, at=scene.at),
    )


def _propose_graduation(scene: Scene) -> Completion:
    if scene.chance.random() < 0.08:
        return Completion("return", reason="too_early", note="Potrzebny dłuższy czas przygotowania.")
    return Completion(
        "graduate",
        lambda unit, case: _questionnaire(case, scene),
        effective_on=scene.today,
        reason=scene.chance.choice(LeavingOutcome.values),
    )


def _questionnaire(case: Case, scene: Scene) -> None:
    services.fill_in_questionnaire(
        case,
        by=scene.who,
        on=scene.today,
        situation=scene.chance.randrange(3, 6),
        usefulness=scene.chance.randrange(3, 6),
        at=scene.at,
    )


def _collect_exit_data(scene: Scene) -> Completion:
    def write(unit: Batch, case: Case) -> None:
        situation = scene.chance.choice(["employment", "job_search", "education", "unchanged"])
        left_on = case.left_on
        seen = ExitSituation(
            situation=situation, observed_on=min(scene.today, left_on + timedelta(days=28)), evidence="Oświadczenie"
        )
        services.collect_exit_data(case, by=scene.who, as_planned=True, situations=[seen], at=scene.at)

    return Completion(write=write)


def _follow_up(scene: Scene) -> Completion:
    def write(unit: Batch, case: Case) -> None:
        facts: dict[str, Any] = {"source": "interview", "observed_on": scene.today, "labour_status": "inactive"}
        if scene.chance.random() < 0.6:
            facts |= {"labour_status": "employed", "contract": "employment", "skill_level": scene.chance.choice("12")}
        services.follow_up(case, by=scene.who, at=scene.at, **facts)

    return Completion(write=write)


HOW: dict[str, Callable[[Scene], Completion]] = {
    "check_eligibility": _check_eligibility,
    "bring_supplement": _bring_supplement,
    "wait_for_place": _place_taken,
    "diagnose": _diagnose,
    "agree_plan": _agree_plan,
    "recommend": _recommend,
    "review_month": _review(Review.Kind.MONTH),
    "review_plan": _review(Review.Kind.PLAN),
    "review_incubation": _review(Review.Kind.MONTH),
    "review_incubation_plan": _review(Review.Kind.PLAN),
    "give_opinion": _give_opinion,
    "confirm_recommendation": _confirm,
    "propose_graduation": _propose_graduation,
    "collect_exit_data": _collect_exit_data,
    "follow_up": _follow_up,
}
