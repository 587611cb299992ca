# ruff: noqa: RUF001 - looking alike is the point.
"""What a rule hits, and where."""

import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core_router.data import Event, Rule
from core_router.moderation import UnsupportedPatternError, actions_of, check_rule, compile_rules


def rule(pattern: str, match: str = "contains", **rest: Any) -> Rule:
    return Rule(**{"id": 1, "name": "a rule", "severity": 5, **rest}, pattern=pattern, match=match)


def found(text: str, *rules: Rule, **where: Any) -> list[str]:
    """Return the parts of the text that were hit, rule by rule."""
    hits = compile_rules(rules).scan(text, **where)
    return [text[start:end] for hit in hits for start, end in hit.spans]


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("bad", ["bad"]),
        ("so BAD!", ["BAD"]),
        ("bad, bad.", ["bad", "bad"]),
        ("(bad)", ["bad"]),
        ("bad\nluck", ["bad"]),
        ("badly", []),
        ("not_bad", []),
        ("abad", []),
        ("böse bäd", []),
        ("ébad", []),
        ("bad\u0301", []),
        ("真的bad啊", ["bad"]),
    ],
)
def test_a_word_is_bounded_as_unicode_words_are(text: str, hit: list[str]) -> None:
    assert found(text, rule("bad", "word")) == hit


@pytest.mark.parametrize(
    ("pattern", "text", "hit"),
    [
        ("word!", "a word! there", ["word!"]),
        ("c++", "I like c++.", ["c++"]),
        ("go home", "GO HOME now", ["GO HOME"]),
        ("傻瓜", "你是傻瓜吗", ["傻瓜"]),
        ("🖕", "and🖕you", ["🖕"]),
    ],
)
def test_a_word_may_hold_more_than_letters(pattern: str, text: str, hit: list[str]) -> None:
    assert found(text, rule(pattern, "word")) == hit


@pytest.mark.parametrize(
    ("pattern", "text", "hit"),
    [
        ("cat*", "cattle bobcat cat", ["cat", "cat"]),
        ("*cat", "cattle bobcat cat", ["cat", "cat"]),
        ("*cat*", "cattle bobcat cat", ["cat", "cat", "cat"]),
        ("cat", "cattle bobcat cat", ["cat"]),
        ("c*t", "cut coat cost cute", ["cut", "coat", "cost"]),
        ("*ba*d*", "abaaadc", ["baaad"]),
        ("a.c*", "abcd a.cd", ["a.c"]),
    ],
)
def test_wildcards_speak_the_grammar_of_discord(pattern: str, text: str, hit: list[str]) -> None:
    assert found(text, rule(pattern, "wildcard")) == hit


def test_exact_is_the_whole_message() -> None:
    whole = rule("first", "exact")

    assert found("  FIRST\n", whole) == ["FIRST"]
    assert found("first!", whole) == []


def test_contains_is_anywhere_and_keeps_its_spaces() -> None:
    assert found("class", rule("ass")) == ["ass"]
    assert found("class", rule(" ass")) == []


@pytest.mark.parametrize(
    "text",
    [
        "paypal",
        "pаypаl",  # Cyrillic
        "рауpal",
        "ΡAYPAL",  # Greek
        "ＰａｙＰａｌ",  # fullwidth
        "𝓹𝓪𝔂𝓹𝓪𝓵",
        "pay\u200bpal",
        "p\u2060a\u00ady\ufe0fpal",
    ],
)
def test_a_disguised_word_is_hit_all_of_it(text: str) -> None:
    assert found(f"my {text}!", rule("PayPal", "word")) == [text]


def test_a_rule_in_another_script_hits_that_script() -> None:
    text = "ПРИВЕТ, ΝΑΙ"

    assert found(text, rule("привет", "word"), rule("ναι", "word", id=2)) == ["ПРИВЕТ", "ΝΑΙ"]
    assert found(text, rule("[а-я]+", "regex")) == ["ПРИВЕТ"]


def test_case_counts_only_when_a_rule_says_so() -> None:
    text = "US us Ｕs"

    assert found(text, rule("US", "word", case_sensitive=True)) == ["US"]
    assert found(text, rule("U.", "regex", case_sensitive=True)) == ["US", "Ｕs"]
    assert len(found(text, rule("US", "word"))) == 3


def test_what_an_allow_list_covers_is_no_hit() -> None:
    cat = rule("*cat*", "wildcard", allow=("*education*", "concat"))

    assert found("education, re-educations and concat", cat) == []
    assert found("education of cattle, concats", cat) == ["cat", "cat"]
    assert found("еducation", cat) == []
    assert found("vacation edu*cation", rule("cat", allow=("vac*",))) == ["cat"]


def test_an_allow_list_does_not_cover_what_is_larger() -> None:
    assert found("very bad word", rule("bad word", allow=("word",))) == ["bad word"]


def test_what_is_allowed_often_is_allowed() -> None:
    assert found("education " * 900, rule("*cat*", "wildcard", allow=("education",))) == []


def test_padding_with_allowed_words_hides_nothing() -> None:
    text = "education " * 1_500 + "cat"

    assert found(text, rule("*cat*", "wildcard", allow=("education",)))
    assert found(text, rule("c.t", "regex", allow=("education",)))


def test_the_most_severe_hit_is_first_and_all_are_told() -> None:
    mild, harsh = rule("bad", id=1, severity=2), rule("b.d", "regex", id=2, severity=9)

    hits = compile_rules([mild, harsh]).scan("bad")

    assert [hit.rule.id for hit in hits] == [2, 1]


def test_a_rule_meant_for_one_place_counts_there_only() -> None:
    there = rule("bad", entities=frozenset({"twitch+there"}))

    assert found("bad", there, entity="twitch+there") == ["bad"]
    assert found("bad", there, entity="twitch+here") == []
    assert found("bad", there) == ["bad"]


def test_exemption_is_asked_of_hits_only() -> None:
    asked: list[int] = []

    def exempt(one: Rule) -> bool:
        asked.append(one.id)
        return one.id == 1

    hits = compile_rules([rule("bad"), rule("ba", id=2), rule("good", id=3)]).scan(
        "bad", exempt=exempt
    )

    assert sorted(asked) == [1, 2]
    assert [hit.rule.id for hit in hits] == [2]


@pytest.mark.parametrize(
    "pattern",
    [r"(a)\1", "(?=a)b", "(?<!a)b", "(", "[", "a{2000}", r"(\pL{1,99}){1,9}", "a*", "", "|"],
)
def test_a_regex_that_cannot_or_should_not_run_is_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedPatternError):
        check_rule(rule(pattern, "regex"))


@pytest.mark.parametrize("pattern", ["*", "**", " * ", ""])
def test_a_wildcard_for_everything_is_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedPatternError):
        check_rule(rule(pattern, "wildcard"))
    with pytest.raises(UnsupportedPatternError) as refused:
        check_rule(rule("cat", allow=("fine", pattern)))
    assert refused.value.errors[0].pointer == "#/allow/1"


def test_a_regex_that_hangs_elsewhere_ends_here() -> None:
    text = "a" * 60_000 + "!"

    assert found(text, rule("(a+)+$", "regex"), rule("(a|aa)*b.*a.*b", "regex", id=2)) == []


@pytest.mark.parametrize("match", ["contains", "word", "wildcard"])
def test_matches_without_end_fill_no_memory(match: str) -> None:
    many = [rule("a" * length, match, id=length) for length in range(1, 60)]

    hits = compile_rules(many).scan("a" * 60_000)

    assert len(hits) == (len(many) if match == "contains" else 0)
    assert all(len(hit.spans) <= 1_001 for hit in hits)


def test_a_set_of_large_regexes_still_finds_each() -> None:
    rules = compile_rules(
        rule(rf"w{n}\pL+x{n}|[^\x00-\x7f]{{40}}y{n}", "regex", id=n) for n in range(1, 151)
    )

    assert [hit.rule.id for hit in rules.scan("w7abcx7 and w149abcx149")] == [7, 149]


def test_a_rule_says_what_is_to_be_done() -> None:
    stern = rule(
        "bad",
        actions=(
            {"type": "delete"},
            {"type": "timeout", "seconds": 60, "reason": "Mind your words."},
            {"type": "reply", "text": "Please don't."},
        ),
    )
    event = Event("twitch", "rookery", "42", "bob", "chatMessage", message_id="m1")

    [hit] = compile_rules([stern]).scan("bad")

    assert actions_of(hit, event) == [
        {
            "type": "moderate",
            "action": "delete",
            "user_id": "42",
            "message_id": "m1",
            "reason": "Rule: a rule",
        },
        {
            "type": "moderate",
            "action": "timeout",
            "user_id": "42",
            "message_id": "m1",
            "seconds": 60,
            "reason": "Mind your words.",
        },
        {"type": "chat", "text": "Please don't.", "reply_to": "m1"},
    ]


def test_no_rules_hit_nothing() -> None:
    nothing = compile_rules([])

    assert not nothing
    assert nothing.scan("anything") == []


ODD = st.text(st.characters() | st.sampled_from("badB\u0430\u200b\u0301ﬁİßé\ud800\0"), max_size=40)
EVERY_KIND = compile_rules(
    [
        rule("bad", "contains", id=1, allow=("*abad*",)),
        rule("bad", "word", id=2),
        rule("b*d", "wildcard", id=3),
        rule("b.d", "regex", id=4),
        rule("bad", "exact", id=5),
        rule("Bad", "contains", id=6, case_sensitive=True),
        rule("B.d", "regex", id=7, case_sensitive=True),
    ]
)


@settings(max_examples=300, deadline=None)
@given(before=ODD, after=ODD)
def test_no_text_upsets_a_rule_and_spans_lie_within_it(before: str, after: str) -> None:
    text = f"{before}bad{after}"

    hits = EVERY_KIND.scan(text)

    spans = [span for hit in hits for span in hit.spans]
    assert all(0 <= start < end <= len(text) for start, end in spans)


@settings(max_examples=200, deadline=None)
@given(before=ODD, after=ODD)
def test_a_plain_word_is_found_whatever_stands_around_it(before: str, after: str) -> None:
    text = f"{before} qzx {after}"

    spans = [span for hit in compile_rules([rule("qzx", "word")]).scan(text) for span in hit.spans]

    assert (len(before) + 1, len(before) + 4) in spans


WORDS = st.text(st.sampled_from("ab_ é\u0301真-"), min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(
    text=st.text(st.sampled_from("ab_ é\u0301真-"), max_size=30), words=st.lists(WORDS, max_size=5)
)
def test_a_crowded_text_is_judged_alike(text: str, words: list[str]) -> None:
    rules = [rule(word, "word", id=n) for n, word in enumerate(words) if word.strip()]

    usual = compile_rules(rules).scan(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core_router.moderation.finder.DENSE", -1)
        crowded = compile_rules(rules).scan(text)

    assert [hit.rule.id for hit in crowded] == [hit.rule.id for hit in usual]


@settings(max_examples=200, deadline=None)
@given(
    st.text(string.printable, min_size=1, max_size=20),
    st.sampled_from(["word", "contains", "wildcard"]),
)
def test_a_pattern_of_any_kind_compiles_or_is_refused(pattern: str, match: str) -> None:
    try:
        check_rule(rule(pattern, match))
    except UnsupportedPatternError:
        return
    compile_rules([rule(pattern, match)]).scan(pattern)
