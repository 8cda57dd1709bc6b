import time
from jieti.determinations.models import Result
from jieti.determinations.running import explain_result, plan_of, _facts_of
from rulecore.explain import explain
from tests.web import district
def test_x(run, people):
    r = Result.objects.latest_for(district.GROWTH)
    p = plan_of(run)
    for f in ({}, _facts_of(run, district.NEW)|{k:None for k in ("patent_count",)}, {**_facts_of(run, district.SURVIVAL), "tax_registered":None}):
      for _ in range(2):
        t=time.perf_counter(); e = explain(p, f); dt=time.perf_counter()-t
        print("=====", round(dt*1000), "ms", len(e.changes.sets) if e.changes else None, len(e.forecast))
    print(sorted(len(s.changes) for s in explain(p,{}).changes.sets))
    print([ (k, f.deadline, f.label) for k,f in p.facts.items() if f.deadline])
