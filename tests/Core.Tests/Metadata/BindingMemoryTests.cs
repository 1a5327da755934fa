using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

[Collection(AloneCollection.Name)]
public sealed class BindingMemoryTests
{
    /// <summary>The budget of the design, section 5, is about 150 bytes.</summary>
    [Fact]
    public void A_binding_costs_about_150_bytes_of_memory()
    {
        const int Bindings = 50_000;
        TestDirectory directory = TestDirectory.Started();
        TopicInfo topic = directory.DeclareTopic("t", TopicKind.Direct);
        QueueInfo[] queues = [.. Enumerable.Range(0, 1_000).Select(i => directory.DeclareQueue($"queue-{i}"))];
        DirectoryState state = directory.Snapshot.State;
        long before = GC.GetTotalMemory(forceFullCollection: true);

        for (int i = 0; i < Bindings; i++)
        {
            state = state.WithBinding(
                new Binding(TestDirectory.Binding(topic, queues[i % queues.Length], $"key-{i:000000}")));
        }

        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Bindings;
        Assert.Equal(Bindings, state.BindingCount);
        Assert.InRange(each, 60, 170);
        GC.KeepAlive(directory);
    }
}
