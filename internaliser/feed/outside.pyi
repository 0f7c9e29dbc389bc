from internaliser.core.view_board import ViewBoard

class OutsideBooks:
    def __init__(self, instrument_count: int, board: ViewBoard | None = None) -> None: ...
