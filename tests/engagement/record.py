"""Write the examples anew: hold the conversation with a node and keep it.

python -m tests.engagement.record
"""

import tempfile
from pathlib import Path

import internaliser.engagement
from internaliser.dictionaries import FILES as VERSIONS
from internaliser.engagement.conversation import render
from tests.engagement.player import play
from tests.node.process import NodeProcess

EXAMPLES = Path(internaliser.engagement.__file__).with_name("examples")


def main() -> None:
    for version in VERSIONS:
        with tempfile.TemporaryDirectory() as folder:
            node = NodeProcess(Path(folder) / "data")
            node.wait_ready()
            try:
                lines = play(version, node.port)
            finally:
                node.kill()
        (EXAMPLES / f"{version}.txt").write_text(render(lines))
        print(f"{version}: {len(lines)} messages")


if __name__ == "__main__":
    main()
