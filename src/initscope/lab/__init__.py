"""The lab: a local page on which a person moves a slider and sees what the network does.

The server (:mod:`initscope.lab.app`) never imports torch. Each page has a process of its own
(:mod:`initscope.lab.session`, :mod:`initscope.lab.worker`) in which the jobs run
(:mod:`initscope.lab.jobs`); what a page may ask is in :mod:`initscope.lab.requests`.
"""
