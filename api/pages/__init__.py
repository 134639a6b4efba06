"""What a person sees: one box for a code, and the history of a unit under its own address.

Every page is made by the server, works without JavaScript and holds nothing inline that a strict
Content-Security-Policy would have to let through.
"""
