"""A run can be repeated: with the tables known when it was made it gives the same bytes, whatever has come since."""

import hashlib
from pathlib import Path

from jieti.accounts.models import Jurisdiction
from jieti.determinations.models import Run
from jieti.determinations.running import ENGINE, plan_of
from jieti.kit import clock
from jieti.registry.history import tables_known_at
from jieti.registry.models import BusinessRecord
from rulecore.engines import load
from tests.web import district
from tests.web.conftest import people, published, run, static_root

__all__ = ["people", "published", "run", "static_root"]


def test_the_tables_known_then_give_the_same_results(run: Run, people: district.People, tmp_path: Path) -> None:
    moment, home = clock.now(), Jurisdiction.objects.site()
    district.deliver(people.clerk, "registration", district.REGISTRATION.replace("登记在册", "注销"))
    district.deliver(people.clerk, "tax", district.TAX.replace("4321.09", "99999999"))
    plan, engine = plan_of(run), load(ENGINE)
    for name, at in (("then", moment), ("now", clock.now())):
        known = tables_known_at(at, home)
        sources = {key: [known[key].clean_file] if key in known else None for key in plan.rulebook.sources_of()}
        facts, results = tmp_path / f"{name}-facts.parquet", tmp_path / f"{name}-results.parquet"
        engine.assemble(plan, sources, facts)
        engine.run(plan, [facts], results)
        assert (digest(results) == digest(run.results_file)) is (name == "then")


def test_the_register_as_it_was_known_when_the_run_was_made(run: Run, people: district.People) -> None:
    moment = clock.now()
    district.deliver(people.clerk, "registration", district.REGISTRATION.replace("雁栖老王饭馆", "雁栖老王大饭店"))
    then = BusinessRecord.objects.filter(uscc=district.GROWTH).known_at(moment).valid_on(clock.today()).get()
    now = BusinessRecord.objects.filter(uscc=district.GROWTH).current().valid_on(clock.today()).get()
    assert (then.name, now.name) == ("北京市怀柔区雁栖老王饭馆", "北京市怀柔区雁栖老王大饭店")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
