"""What must not be, theme by theme: each query finds a fault, so an empty answer is health.

The files hold SQL and nothing else. A query answers with up to ten examples, as text.
"""
