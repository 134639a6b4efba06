import pytest

from domain.standards.member_state import InvalidTaxId, MemberState, tax_id


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("AM", "02566349"),
        ("BY", "100325912"),
        ("BY", "100582333"),
        ("KZ", "971240001315"),
        ("KZ", "940140000385"),
        ("KG", "01234567890123"),
        ("RU", "7736050003"),
        ("RU", "7707083893"),
        ("RU", "500100732259"),
    ],
)
def test_a_tax_id_of_its_state_passes(state, text):
    assert tax_id(MemberState(state), text) == text


@pytest.mark.parametrize(
    ("state", "text", "reason"),
    [
        ("AM", "0256634", "A tax id of AM has 8 digits; this is '0256634'."),
        ("KG", "0123456789012", "A tax id of KG has 14 digits; this is '0123456789012'."),
        ("RU", "77360500031", "A tax id of RU has 10 or 12 digits; this is '77360500031'."),
        ("RU", "773605000\u0663", "A tax id of RU has 10 or 12 digits"),
        ("BY", "100325913", "The control digit of 100325913 is wrong for a tax id of BY."),
        ("KZ", "971240001316", "The control digit of 971240001316 is wrong"),
        ("RU", "7736050004", "The control digit of 7736050004 is wrong"),
        ("RU", "500100732258", "The control digit of 500100732258 is wrong"),
        ("RU", "500100732359", "The control digit of 500100732359 is wrong"),
    ],
)
def test_any_other_is_refused_with_the_reason(state, text, reason):
    with pytest.raises(InvalidTaxId) as refused:
        tax_id(MemberState(state), text)

    assert str(refused.value).startswith(reason)


def test_a_kazakh_number_weighed_twice_takes_the_second_control_digit():
    body = next(
        text
        for text in (f"{number:011}" for number in range(1_000))
        if sum(int(d) * w for d, w in zip(text, range(1, 12), strict=True)) % 11 == 10
    )
    second = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
    control = sum(int(d) * w for d, w in zip(body, second, strict=True)) % 11

    assert tax_id(MemberState.KZ, f"{body}{control}") == f"{body}{control}"


def test_every_state_has_its_digit():
    assert [MemberState.of_digit(digit) for digit in "12345"] == ["AM", "BY", "KZ", "KG", "RU"]
    assert [state.digit for state in MemberState] == list("12345")
    assert MemberState.of_digit("9") is None
