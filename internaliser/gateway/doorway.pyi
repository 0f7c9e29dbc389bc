from internaliser.gateway.links import Links
from internaliser.gateway.throttle import Throttle

class Doorway(Links):
    def limit(self, throttle: Throttle) -> None: ...
