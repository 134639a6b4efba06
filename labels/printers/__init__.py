"""Label printers on the network: spoken to, watched, and gone on with after a jam."""
