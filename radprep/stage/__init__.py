"""What every stage shares: the plan of a run, the work on one study, shards, shared tables.
Imports: `dataset`, `private`, `image` and below; it knows no stage by name but convert's private
tables. A new stage offers `do` and `fail` (`work.Stage`) and a plan made with `plan.Plan`.
"""
