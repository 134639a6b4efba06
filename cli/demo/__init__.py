"""`tamga demo`: the whole of Tamga at work in one process, with invented people and real goods."""
