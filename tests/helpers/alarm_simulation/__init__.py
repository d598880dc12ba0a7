"""A deployment's alarms, played minute by minute: ``python -m tests.helpers.alarm_simulation`` prints what rings when.

The alarms are those that the program registers. The data points are those that the events of a deployment make, with the durations that
the program's own health checks, start periods, deregistration delay and stop timeout imply. They are evaluated as CloudWatch does it
(CloudWatch User Guide, "Alarm evaluation", "Configuring how CloudWatch alarms treat missing data", "Alarm warm-up periods", "Using math
expressions with CloudWatch metrics"):

- Every minute an alarm looks at windows of its period that end now, a period ago, and so on, and at two more than it evaluates.
- If as many of them hold data as it evaluates, the latest of those count and missing ones do not. Else what is missing counts as the
  alarm says: as bad, as good, or (ignore) the state stays unless a good one is among them.
- It rings if as many as it asks for are bad, else it is OK. An alarm that was changed keeps its state and looks back at once, also to
  the time before its change or its creation. A warm-up is for new ones.
- In metric math what is missing counts as 0 beside what is there, a condition that is missing drops the point, and FILL fills it.
- Metrics arrive late: two minutes after the fact (load balancer), one minute (all others).
"""
