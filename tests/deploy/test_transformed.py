"""What SAM makes of the template, without deploying it."""

import json
import subprocess
import sys
from pathlib import Path

from local.template.names import DEFAULT_REGION
from local.template.source import Source
from tests.conftest import ROOT


def test_what_sam_makes_of_the_template_lints_clean(tmp_path: Path) -> None:
    # The template itself is linted before SAM, where a dependency on what SAM adds cannot be seen. cfn-lint
    # follows conditions by itself.
    file = tmp_path / "transformed.json"
    file.write_text(json.dumps(Source.load(ROOT / "template.yaml", {}, DEFAULT_REGION).template))
    lint = Path(sys.executable).with_name("cfn-lint")
    command = [str(lint), "--regions", DEFAULT_REGION, "--non-zero-exit-code", "error", "--", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
