"""Whatever was done to a data set and the one made from it, in whatever order: after the ordinary
commands were run again, report, verify and train accept the chain."""

import itertools
import random
import shutil

import pytest

from tests import chains


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    return chains.make(tmp_path_factory.mktemp("chain") / "start")


def tried(start, folder, order):
    chain = start.copy(folder)
    for operation in order:
        chain = chain.after(operation)
    chain.finish()
    chain.check()
    chain.convert()
    chain.preprocess()
    chain.check()
    chain.check_second_run()
    shutil.rmtree(folder)


ORDERS = list(itertools.product(chains.ALL, repeat=3))
CHOSEN = random.Random(14).sample(ORDERS, 8)


@pytest.mark.parametrize("order", CHOSEN, ids=", ".join)
def test_some_orders_end_in_a_chain_that_is_accepted(start, tmp_path, order):
    tried(start, tmp_path / "tried", order)


@pytest.mark.slow
@pytest.mark.parametrize("first", chains.ALL)
def test_every_order_of_three_ends_in_a_chain_that_is_accepted(start, tmp_path, first):
    for order in ORDERS:
        if order[0] == first:
            tried(start, tmp_path / "tried", order)
