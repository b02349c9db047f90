"""Modules joined into one script: what each sees of the others, and what is refused."""

import pytest

from people.settings_page.modules import joined


def test_a_module_comes_after_those_that_it_imports_and_once() -> None:
    script = joined(
        {
            "main.js": 'import { two } from "./parts/two.js";\n'
            'import { one } from "./one.js";\n'
            "show(one, two);\n",
            "parts/two.js": 'import { one } from "../one.js";\nexport const two = one + 1;\n',
            "one.js": "export const one = 1;\nconst hidden = 0;\n",
            "unused.js": "export const unused = 0;\n",
        },
        "main.js",
    )
    assert "import" not in script
    assert "export" not in script
    assert "unused" not in script
    order = [script.index(text) for text in ("const one = 1;", "const two = one + 1;", "show(one, two);")]
    assert order == sorted(order)
    assert script.count("const hidden") == 1
    assert "return { one };" in script  # and nothing hidden


@pytest.mark.parametrize(
    "form", ["class one {}", "function one() {}", "async function one() {}", "const one = 1;"]
)
def test_an_export_can_be_imported_under_another_name(form: str) -> None:
    script = joined(
        {"main.js": 'import {\n  one as first,\n} from "./one.js";\n', "one.js": f"export {form}\n"},
        "main.js",
    )
    assert "const { one: first } = $one;" in script


@pytest.mark.parametrize(
    ("modules", "text"),
    [
        ({"main.js": 'import { one } from "./one.js";\n'}, "imports one.js, which does not exist"),
        ({"main.js": 'import { two } from "./one.js";\n', "one.js": ""}, "one.js does not export"),
        ({"main.js": 'import one from "./one.js";\n'}, "unknown form"),
        ({"main.js": "export default 1;\n"}, "unknown form"),
        ({"main.js": "x = import.meta.url;\n"}, "unknown form"),
        (
            {"main.js": 'import { a } from "./a.js";\n', "a.js": 'import { b } from "./main.js";\n'},
            "import each other: main.js → a.js → main.js",
        ),
    ],
    ids=["no module", "no name", "default import", "default export", "meta", "circle"],
)
def test_unknown_syntax_is_refused(modules: dict[str, str], text: str) -> None:
    with pytest.raises(ValueError, match=text.replace(".", r"\.")):
        joined(modules, "main.js")
