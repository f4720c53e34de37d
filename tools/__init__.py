"""Commands around the compiler; nothing imports them."""
