import torch, json, base64, sys
torch.manual_seed(3)
import torch.nn as nn
def export(name, net, x, opset=13):
    net.eval()
    with torch.no_grad():
        # running statistics that are not those at the start
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.running_mean.uniform_(-0.5,0.5); m.running_var.uniform_(0.5,2); m.weight.uniform_(0.5,2); m.bias.uniform_(-.5,.5)
        y = net(x)
    torch.onnx.export(net, x, f"{out}/{name}.onnx", input_names=["x"], output_names=["y"], opset_version=opset,
        dynamic_axes={"x": {0: "n"}, "y": {0: "n"}}, training=torch.onnx.TrainingMode.EVAL, do_constant_folding=fold)
    json.dump({"x": x.tolist(), "y": y.tolist()}, open(f"{out}/{name}.json","w"))
out=sys.argv[1]
fold=True
export("torch-mlp", nn.Sequential(nn.Linear(4,6), nn.GELU(), nn.Linear(6,3), nn.Softmax(-1)), torch.randn(3,4))
class Net(nn.Module):
    def __init__(s):
        super().__init__(); s.a=nn.Conv2d(2,4,3,padding=1); s.b=nn.BatchNorm2d(4); s.d=nn.Conv2d(4,4,3,groups=4,stride=2,padding=1); s.up=nn.ConvTranspose2d(4,2,2,stride=2); s.fc=nn.Linear(2*6*6,3)
    def forward(s,x):
        h=torch.relu(s.b(s.a(x))); r=s.d(h); r=nn.functional.max_pool2d(nn.functional.pad(r,(1,1,1,1)),2); r=nn.functional.interpolate(s.up(r),size=(6,6),mode='bilinear',align_corners=False); r=r.reshape(x.shape[0],-1,6,6)+x
        return s.fc(r.view(r.size(0),-1))
fold=False
export("torch-conv", Net(), torch.randn(3,2,6,6))
class Att(nn.Module):
    def __init__(s):
        super().__init__(); s.e=nn.TransformerEncoderLayer(8,2,16,batch_first=True); s.n=nn.LayerNorm(8); s.f=nn.Linear(8,2)
    def forward(s,x): return s.f(s.n(s.e(x))).mean(1)
fold=True
export("torch-attention", Att(), torch.randn(2,5,8))
