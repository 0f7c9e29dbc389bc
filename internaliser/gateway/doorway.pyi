from internaliser.gateway.entrance import Entrance
from internaliser.gateway.throttle import Throttle

class Doorway(Entrance):
    def limit(self, throttle: Throttle) -> None: ...
