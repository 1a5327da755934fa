using Cmq.MultiProtocol.Core.Consensus;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Consensus;

public sealed class GroupMembersCodecTests
{
    private static readonly GroupMembers Full = new(Nodes(1, 2, 4), Nodes(3, 5))
    {
        Outgoing = Nodes(1, 2, 3),
        GoesOn = true,
        Replicas = [new Replica(new NodeId(1), new Guid("01020304-0506-0708-090a-0b0c0d0e0f10"))],
        Basis = long.MaxValue,
    };

    [Fact]
    public void A_configuration_has_known_bytes()
    {
        var members = new GroupMembers(Nodes(1), Nodes(2)) { Basis = 3 };
        byte[] expected = [1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0];
        Assert.Equal(expected, GroupMembersCodec.ToBytes(members));
    }

    [Fact]
    public void A_configuration_comes_back_as_it_went()
    {
        GroupMembers read = GroupMembersCodec.Read(GroupMembersCodec.ToBytes(Full));

        Assert.Equal(Full.Voters, read.Voters);
        Assert.Equal(Full.Learners, read.Learners);
        Assert.Equal(Full.Outgoing, read.Outgoing);
        Assert.Equal(Full.Replicas, read.Replicas);
        Assert.True(read.GoesOn);
        Assert.Equal(Full.Basis, read.Basis);
    }

    [Fact]
    public void A_configuration_cut_anywhere_or_with_a_byte_too_much_is_refused()
    {
        byte[] bytes = GroupMembersCodec.ToBytes(Full);
        for (int cut = 0; cut < bytes.Length; cut++)
            Assert.False(GroupMembersCodec.TryRead(bytes.AsSpan(0, cut), out _), $"Cut at {cut}.");
        Assert.False(GroupMembersCodec.TryRead([.. bytes, 0], out _));
    }

    [Theory]
    [InlineData(0, 9)] // format
    [InlineData(1, 2)] // flags
    [InlineData(10, 200)] // more voters than there may be
    [InlineData(15, 1)] // the same voter twice
    public void What_no_member_writes_is_refused(int at, byte value)
    {
        byte[] bytes = GroupMembersCodec.ToBytes(Full);
        bytes[at] = value;
        Assert.False(GroupMembersCodec.TryRead(bytes, out _));
    }

    private static NodeId[] Nodes(params int[] ids) => [.. ids.Select(id => new NodeId(id))];
}
