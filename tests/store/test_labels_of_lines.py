"""What a line's label prints is known by its batch, however many batches lie between two lines."""

import numpy as np
import pytest

from domain.recognition.actions import recognise
from domain.recognition.units import Texts
from domain.registry.reading import SCATTERED
from tests.store.trade import trade


@pytest.mark.parametrize("batches", [2, SCATTERED + 40])
async def test_lines_of_few_batches_and_of_many_have_their_labels(database_url, batches):
    async with trade(database_url) as here:
        uuids = [await here.register(SCATTERED // 2 if batches == 2 else 1) for _ in range(batches)]
        codes = [code for uuid in uuids for code in await here.lines(uuid)]
        lines = [*codes[: SCATTERED // 2], *codes[-SCATTERED // 2 :]]

        async with here.database.reading() as connection:
            units = await recognise(connection, Texts.of_list(lines), here.keyring)

        named = [units.labelled.labels[one].uuid for one in units.labelled.batches.tolist()]
        owners = [uuid for uuid in uuids for _ in range(len(codes) // batches)]
        assert np.all(units.checked)
        assert named == [*owners[: SCATTERED // 2], *owners[-SCATTERED // 2 :]]
