"""Orders as the marketplace keeps them: placed by buyers, moved by clocks and couriers, handled by the merchant API."""
