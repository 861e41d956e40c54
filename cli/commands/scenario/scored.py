"""`lull scenario record`: of the scenarios that came true, how good they were."""

from lull.cli.options.arguments import Json, StoreFolder


def record(*, json: Json = False, store: StoreFolder = None) -> None:
    """Show the scores of scenarios that came true, beside those of the baseline.

    `lull scenario check` with newer counts or reports scores each scenario whose premise they confirm, and keeps the
    scores in the store.
    """
    from lull.cli.printing.premises import print_record, record_document
    from lull.cli.screen.streams import print_json
    from lull.evaluation.scenario_record import scored_scenarios
    from lull.model.runs.store import Store

    scored = scored_scenarios(Store(store))
    if json:
        print_json(record_document(scored))
    else:
        print_record(scored)
