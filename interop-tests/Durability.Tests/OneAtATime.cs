// Each test runs up to three brokers and its clients: one at a time is enough for a small machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
