"""A slot that cannot be read is told in the author's terms, with its line and what to write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flask_acct.kb.articles.article import Article
from flask_acct.kb.articles.content import KbError

FAULTS = [
    (
        "{{ click(“login.form.submit”) }}",
        'such as “. Write straight ones: {{ click("login.form.submit") }}',
    ),
    ("{{ click(«login.form.submit») }}", "typographic quotes, such as «"),
    ('{{ click("login.form.submit) }}', 'a text in a slot is not closed. Write " at its end'),
    ('{{ click("login.form.submit" }}', "a ) is missing before }"),
    ('{{ click("login.form.submit")', "a slot is not closed. Write }} at its end"),
    ("{{ click() }}", 'click() does not say of what. Write {{ click("login.form.submit") }}'),
    ("{{ visit() }}", 'visit() does not say of what. Write {{ visit("login.form") }}'),
    ('{{ click("login.form.submit", colour=1) }}', "click() knows no colour="),
    ('{{ visit("login.form", "a", "b") }}', "visit() is told too much"),
    ("{{ click login }}", "a }} is missing before 'login', or it does not belong there"),
    ('{{ "x"|upperr }}', "there is no filter 'upperr'. Did you mean \"upper\"?"),
    ("{% if platforms is foo %}x{% endif %}", "there is no test 'foo'"),
    ("{% if platforms %}x", "{% if … %} is not closed. Write {% endif %} below"),
    ("{% endif %}", "{% endif %} has no {% if … %} before it"),
    ("{% else %}", "{% else %} has no {% if … %} before it"),
    ("{% iff platforms %}{% endif %}", '{% iff %} is nothing an article can say. Did you mean "if"?'),
    ("{% if platforms = 1 %}{% endif %}", "Write == to ask whether two are the same"),
    ("{{ customer }}", "put them between {% raw %} and {% endraw %}"),
    ("{{ customer.name }}", "put them between {% raw %} and {% endraw %}"),
    ("{{ click(login.form.submit) }}", "Names of elements and screens stand in quotes"),
    ('{{ clik("login.form.submit") }}', 'Did you mean "click"?'),
    ("{{ }}", "a slot or condition is empty"),
    ("{{ 1 / 0 }}", "a slot divides by zero"),
]


@pytest.mark.parametrize(("slot", "told"), FAULTS, ids=[slot for slot, _ in FAULTS])
def test_a_slot_that_cannot_be_read_is_told_with_what_to_write(
    article_with: Callable[[str], Article], slot: str, told: str
) -> None:
    with pytest.raises(KbError) as refused:
        article_with(slot)
    assert told in str(refused.value)
    assert str(refused.value).startswith("kb/en/try-it.md:")
