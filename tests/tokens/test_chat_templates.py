"""Chat templates lose nothing that was said, and end: within seconds, and within bounds of memory and length.

The reference is transformers' own rendering. Leaves out: two models on one text (`test_comparison`).
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from transformers.utils.chat_template_utils import render_jinja_template

from model_utils import load
from model_utils.errors import ChatTemplateFailed
from model_utils.tokens.chat_templates import TemplateFailed, conversation

from ..kinds import byte_level, save_folder

PARTS = (
    "{% for m in messages %}[{{ m.role }}]{% for part in m.content %}"
    "{% if part.type == 'text' %}{{ part.text | trim }}{% endif %}{% endfor %}{% endfor %}[assistant]"
)
EITHER = (
    "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>\n{% if m['content'] is string %}{{ m['content'] }}"
    "{% else %}{% for p in m['content'] %}{{ p['text'] }}{% endfor %}{% endif %}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
MORE = (
    "{%- set ns = namespace(last='') -%}{%- for m in messages -%}{%- set ns.last = m.content -%}"
    "{%- if loop.index > 5 -%}{%- break -%}{%- endif -%}{%- endfor -%}"
    "{%- if tools is not none -%}x{%- endif -%}{{- messages | tojson -}}{{- strftime_now('%Y')[:2] -}}"
    "{%- generation -%}{{- ns.last -}}{%- endgeneration -%}{{- dict(a=1)['a'] -}}"
)
NAMES = {"bos_token": "<s>", "eos_token": "</s>"}
SAID = ("Why?", "猫 <b> & \"'\n x", "user", "[assistant]", "")


@pytest.mark.parametrize("template", [EITHER, MORE], ids=["either", "more"])
@pytest.mark.parametrize("said", SAID)
def test_a_conversation_is_what_transformers_makes_of_it(template: str, said: str) -> None:
    turns = [[{"role": "user", "content": said}]]
    expected = render_jinja_template(turns, chat_template=template, add_generation_prompt=True, **NAMES)
    found: Any = expected[0] if isinstance(expected, tuple) else expected
    assert conversation(template, NAMES, said) == (found[0] if isinstance(found, list) else found)


@pytest.mark.parametrize("said", SAID)
def test_a_template_that_reads_parts_alone_gets_parts(said: str) -> None:
    assert conversation(PARTS, NAMES, said) == f"[user]{said.strip()}[assistant]"


def test_a_template_that_says_nothing_of_it_is_refused(tmp_path: Path) -> None:
    """Its own words may be the same by chance."""
    silent = "{% for m in messages %}[{{ m.role }}]{% endfor %}[assistant]"
    for said in ("Why?", "user"):
        with pytest.raises(TemplateFailed, match="leaves out what was said"):
            conversation(silent, NAMES, said)
    lm = load(str(save_folder(tmp_path / "mine", byte_level(), chat_template=silent)))
    with pytest.raises(ChatTemplateFailed, match="mine refuses this text: it leaves out"):
        lm.encode_chat("Why?")


@pytest.mark.parametrize(
    "content",
    ["m.content[:12]", "m.content.split('</think>')[-1]", "m.content | replace('y', 'z')", "m.content[::-1]"],
)
def test_a_template_that_changes_what_was_said_is_refused(content: str) -> None:
    with pytest.raises(TemplateFailed, match=r"changes what was said|leaves out what was said"):
        conversation(f"{{% for m in messages %}}{{{{ {content} }}}}{{% endfor %}}", NAMES, "Why? y</think> And now?")


def test_what_a_folders_template_writes_is_cut_as_one_text(tmp_path: Path) -> None:
    lm = load(str(save_folder(tmp_path / "mine", byte_level(), chat_template=PARTS)))
    ids = lm.encode_chat("the cat?")
    assert b"".join(token.bytes for token in lm.vocabulary.read(ids)) == b"[user]the cat?[assistant]"


LOOP = "{% for a in range(99999) %}"
ENDLESS = {
    "loops": LOOP * 4 + "{% endfor %}" * 4 + "{{ messages[0].content }}",
    "power": "{{ 9 ** (9 ** 9) }}",
    "memory": "{{ 'a' * (10 ** 10) }}",
    "length": LOOP + "{{ 'a' * 100 }}{% endfor %}",
    "macro": "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
    "depth": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "size": "a" * 600_000,
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_template_without_end_ends(name: str) -> None:
    began = time.monotonic()
    with pytest.raises(TemplateFailed) as error:
        conversation(ENDLESS[name], NAMES, "Why?")
    assert time.monotonic() - began < 60 and len(str(error.value)) < 250


@pytest.mark.parametrize(
    "template",
    [
        "{{ raise_exception('only  two\nturns.') }}",
        "{% for",
        "{{ messages.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{% set ns = namespace(_x=1) %}",
        "{{ namespace.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.system('true') }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
    ],
)
def test_a_template_that_fails_or_breaks_out_is_refused_in_one_line(template: str) -> None:
    with pytest.raises(TemplateFailed) as error:
        conversation(template, NAMES, "Why?")
    assert "\n" not in str(error.value) and 0 < len(str(error.value)) < 250
