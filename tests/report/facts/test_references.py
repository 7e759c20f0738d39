from radprep.report.facts.references import cited, references, renumbered
from radprep.steps.works import WORKS

TEXT = "First [5], then [2], [5] again, then [1]; [99] is no work."


def test_works_are_numbered_in_the_order_in_which_they_are_cited():
    assert cited(TEXT) == [5, 2, 1]
    assert renumbered(TEXT) == "First [1], then [2], [1] again, then [3]; [99] is no work."
    assert references(TEXT) == [(1, WORKS[5]), (2, WORKS[2]), (3, WORKS[1])]


def test_every_work_begins_with_who_wrote_it():
    starts = [work.partition(". ")[0] for work in WORKS.values()]
    assert starts == [
        "de Cid Rodr\u00edguez J",
        "Otsu N",
        "Pearson K",
        "Zuiderveld K",
        "National Electrical Manufacturers Association",
        "Davletshina D, Melnychuk V, Tran V, Singla H, Berrendorf M, Faerman E, Fromm M, "
        "Schubert M",
    ]
