"""Pictures by address: fetched from the public internet alone, whatever an address, a name server or a server says."""
