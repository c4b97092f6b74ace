"""What the portal does: actions, who may call them, validators, and the work behind them."""
