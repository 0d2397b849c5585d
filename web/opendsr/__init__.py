"""OpenDSR 2.0, as the processor: controllers pass on what people asked of them."""
