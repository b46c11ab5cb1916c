"""A participant's stage is tied to the facts that it promises, so that no script can make an impossible row."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION participants_stage_has_its_facts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_is RECORD;
    missing TEXT;
BEGIN
    SELECT c.stage, p.admitted_on, p.left_on, p.leaving, p.exit_reason INTO now_is
    FROM participants_participantcase AS p JOIN workflows_case AS c ON c.id = p.case_ptr_id
    WHERE p.case_ptr_id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    missing := CASE
        WHEN now_is.stage IN ('pre_incubation', 'incubation', 'graduated') AND now_is.admitted_on IS NULL THEN 'admitted_on'
        WHEN now_is.stage IN ('graduated', 'withdrawn', 'closed') AND now_is.left_on IS NULL THEN 'left_on'
        WHEN now_is.stage = 'graduated' AND now_is.leaving = '' THEN 'leaving'
        WHEN now_is.stage IN ('withdrawn', 'refused') AND now_is.exit_reason = '' THEN 'exit_reason'
    END;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'case %: the stage % needs %', to_jsonb(NEW) ->> TG_ARGV[0], now_is.stage, missing
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER participant_stage_has_its_facts
    AFTER INSERT OR UPDATE OF stage ON workflows_case DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.kind_name = 'participant') EXECUTE FUNCTION participants_stage_has_its_facts('id');

CREATE CONSTRAINT TRIGGER participant_facts_fit_the_stage
    AFTER INSERT OR UPDATE OF admitted_on, left_on, leaving, exit_reason ON participants_participantcase
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION participants_stage_has_its_facts('case_ptr_id');
"""

BACKWARDS = """
DROP TRIGGER participant_facts_fit_the_stage ON participants_participantcase;
DROP TRIGGER participant_stage_has_its_facts ON workflows_case;
DROP FUNCTION participants_stage_has_its_facts();
"""


class Migration(migrations.Migration):
    dependencies = [("participants", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
