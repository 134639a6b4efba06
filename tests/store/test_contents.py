"""What is told of a package's contents."""

from domain.aggregation.named import Filling
from domain.contents import actions as contents
from domain.vocabulary import PackageKind
from tests.store.banning import block
from tests.store.packer import pack
from tests.store.trade import BREST_INSPECTOR, DAIRY, OTHER_GTIN, trade


async def test_a_pack_is_told_as_blocked_with_all_of_the_kind_of_its_code(database_url):
    async with trade(database_url) as here:
        batch, packs = await here.circulating(3), await here.circulating(2, OTHER_GTIN)
        lines, labels = await here.lines(batch), await here.lines(packs)
        group = Filling(code=labels[0], kind=PackageKind.GROUP, codes=lines)
        await pack(here, group)
        asked = (here.database, labels[0], None)

        before = await contents.describe(*asked, actor=DAIRY, keyring=here.keyring)
        await block(here, by=BREST_INSPECTOR, gtin=OTHER_GTIN)
        after = await contents.describe(*asked, actor=DAIRY, keyring=here.keyring)

        assert (before["blocked"], after["blocked"]) == (False, True)
